"""A page in headless Chromium, controlled over a pipe by DevTools protocol."""

import base64
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


_FAULTS = (
  'Runtime.exceptionThrown',
  'Log.entryAdded',
  'Runtime.consoleAPICalled',
)
# Key names of the protocol, with their codes and the text that they type.
_KEYS = {
  ' ': ('Space', 32, ' '),
  'Enter': ('Enter', 13, '\r'),
  'Tab': ('Tab', 9, ''),
  'ArrowLeft': ('ArrowLeft', 37, ''),
  'ArrowRight': ('ArrowRight', 39, ''),
  'k': ('KeyK', 75, 'k'),
}


class Page:
  """One page; `run` evaluates JavaScript in it and waits for promises.

  Attributes:
    faults: messages of the page's console, errors included.
    requests: addresses that the page asked for.
  """

  def __init__(self, incoming, outgoing):
    self._in, self._out = incoming, outgoing
    self._numbers = itertools.count(1)
    self._buffer = b''
    self._session = {}
    target = self.call('Target.createTarget', url='about:blank')['targetId']
    attached = self.call('Target.attachToTarget', targetId=target, flatten=True)
    self._session = {'sessionId': attached['sessionId']}
    self.faults, self.requests = [], []
    for domain in ('Runtime', 'Log', 'Network', 'Page'):
      self.call(f'{domain}.enable')

  def call(self, method, **params):
    """The result of one command of the protocol."""
    number = next(self._numbers)
    asked = {'id': number, 'method': method, 'params': params, **self._session}
    os.write(self._out, json.dumps(asked).encode() + b'\0')
    while True:
      result = json.loads(self._message())
      if result.get('id') == number:
        assert 'error' not in result, result
        return result['result']
      if result.get('method') in _FAULTS:
        self.faults.append(result['params'])
      elif result.get('method') == 'Network.requestWillBeSent':
        self.requests.append(result['params']['request']['url'])

  def run(self, script):
    """The value of an expression, as if a user had asked for it."""
    result = self.call(
      'Runtime.evaluate',
      expression=script,
      awaitPromise=True,
      returnByValue=True,
      userGesture=True,
    )
    assert 'exceptionDetails' not in result, result['exceptionDetails']
    return result['result'].get('value')

  def resize(self, width, height=900, dark=False, reduced=False):
    """Gives the window a width and height in pixels, and preferences."""
    self.call(
      'Emulation.setDeviceMetricsOverride',
      width=width,
      height=height,
      deviceScaleFactor=1,
      mobile=False,
    )
    motion = 'reduce' if reduced else 'no-preference'
    self.call(
      'Emulation.setEmulatedMedia',
      features=[
        {
          'name': 'prefers-color-scheme',
          'value': 'dark' if dark else 'light',
        },
        {'name': 'prefers-reduced-motion', 'value': motion},
      ],
    )

  def press(self, key):
    """Presses and releases a key where the focus is."""
    code, number, text = _KEYS[key]
    for kind in ('keyDown', 'keyUp'):
      self.call(
        'Input.dispatchKeyEvent',
        type=kind,
        key=key,
        code=code,
        windowsVirtualKeyCode=number,
        text=text if kind == 'keyDown' else '',
      )

  def wait(self, script):
    """Waits until an expression is true."""
    until = time.monotonic() + PATIENCE
    while not self.run(script):
      assert time.monotonic() < until, script
      time.sleep(0.05)

  def shoot(self, path):
    """Writes a picture of the whole page."""
    size = self.call('Page.getLayoutMetrics')['cssContentSize']
    width = self.run('window.innerWidth')
    shot = self.call(
      'Page.captureScreenshot',
      captureBeyondViewport=True,
      clip={'x': 0, 'y': 0, 'scale': 1, **size, 'width': width},
    )
    path.write_bytes(base64.b64decode(shot['data']))

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
  """A Page of a browser without network or stored state."""
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
