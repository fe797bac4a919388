"""A page in headless Chromium, spoken to by the DevTools protocol on a pipe."""

import contextlib
import itertools
import json
import os
import selectors
import shutil
import subprocess
import sys
import time

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
# The protocol is read from descriptor 3 and written to 4.
ON_PIPES = """
import os, sys
for number in (0, 1):
  os.dup2(int(sys.argv[1 + number]), 103 + number)
for number in (0, 1):
  os.dup2(103 + number, 3 + number)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE = 120  # Seconds that one answer may take on a busy machine.


class Page:
  """One page; `run` evaluates JavaScript in it and waits for promises."""

  def __init__(self, incoming, outgoing):
    self._in, self._out = incoming, outgoing
    self._numbers = itertools.count(1)
    self._buffer = b''
    self._session = {}
    target = self.call('Target.createTarget', url='about:blank')['targetId']
    attached = self.call('Target.attachToTarget', targetId=target, flatten=True)
    self._session = {'sessionId': attached['sessionId']}

  def call(self, method, **params):
    """The result of one command of the protocol."""
    number = next(self._numbers)
    asked = {'id': number, 'method': method, 'params': params, **self._session}
    os.write(self._out, json.dumps(asked).encode() + b'\0')
    while True:
      told = json.loads(self._message())
      if told.get('id') == number:
        assert 'error' not in told, told
        return told['result']

  def run(self, script):
    """The value of an expression, as if a user had asked for it."""
    told = self.call(
      'Runtime.evaluate',
      expression=script,
      awaitPromise=True,
      returnByValue=True,
      userGesture=True,
    )
    assert 'exceptionDetails' not in told, told['exceptionDetails']
    return told['result'].get('value')

  def open(self, path, downloads):
    """Shows a file; what it saves goes to the folder `downloads`."""
    session, self._session = self._session, {}
    self.call(
      'Browser.setDownloadBehavior',
      behavior='allow',
      downloadPath=str(downloads),
    )
    self._session = session
    self.call('Page.navigate', url=path.as_uri())
    until = time.monotonic() + PATIENCE
    while (
      self.run('location.protocol + document.readyState') != 'file:complete'
    ):
      assert time.monotonic() < until
      time.sleep(0.05)

  def _message(self):
    with selectors.DefaultSelector() as ready:
      ready.register(self._in, selectors.EVENT_READ)
      while b'\0' not in self._buffer:
        assert ready.select(PATIENCE), 'the browser does not answer'
        chunk = os.read(self._in, 1 << 16)
        assert chunk, 'the browser has ended'
        self._buffer += chunk
    message, _, self._buffer = self._buffer.partition(b'\0')
    return message


@contextlib.contextmanager
def browser(profile):
  """A Page of a browser that reaches no network and forgets all."""
  (theirs, outgoing), (incoming, ours) = os.pipe(), os.pipe()
  command = [
    CHROMIUM,
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--host-resolver-rules=MAP * ~NOTFOUND',
    '--remote-debugging-pipe',
    f'--user-data-dir={profile}',
  ]
  process = subprocess.Popen(
    [sys.executable, '-c', ON_PIPES, str(theirs), str(ours), *command],
    pass_fds=(theirs, ours),
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
  )
  os.close(theirs)
  os.close(ours)
  try:
    yield Page(incoming, outgoing)
  finally:
    process.kill()
    process.wait()
    os.close(incoming)
    os.close(outgoing)
