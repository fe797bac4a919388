"""Assembled pages: what texts and data can and cannot do in them."""

import base64
import hashlib
from html.parser import HTMLParser
import json
import re

import pytest

from zoo.pages.page import embed, escape, link, number, page, sound

EVIL = (
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;b&gt;',
  ']]>\u2028\u2029\x00\x1b[31m\ud800',
)


class Elements(HTMLParser):
  """The elements of a page, and the text of its scripts."""

  def __init__(self, text):
    super().__init__()
    self.found, self.scripts, self._script = [], [], False
    self.feed(text)

  def handle_starttag(self, tag, attributes):
    self.found.append((tag, dict(attributes)))
    if tag == 'script':
      self.scripts.append('')
    self._script = tag == 'script'

  def handle_endtag(self, tag):
    self._script = self._script and tag != 'script'

  def handle_data(self, data):
    if self._script:
      self.scripts[-1] += data


@pytest.mark.parametrize('evil', EVIL)
def test_texts_and_data_are_harmless(evil):
  found = Elements(
    page(evil, f'<p title="{escape(evil)}">{escape(evil)}</p>', {evil: [evil]})
  )
  tags = [tag for tag, _ in found.found]
  assert tags.count('script') == 2 and 'img' not in tags
  assert next(at for tag, at in found.found if tag == 'p').keys() == {'title'}
  assert json.loads(found.scripts[0]) == {evil: [evil]}
  page(evil, '').encode()  # Even half of a surrogate pair can be written.


def test_values_that_json_lacks_become_null():
  assert json.loads(embed({'a': [float('nan'), float('inf'), 1.5, (2,)]})) == {
    'a': [None, None, 1.5, [2]]
  }


def test_the_policy_names_each_script_and_style_and_nothing_else():
  text = page('a', '', None, ('sounds.js',))
  policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
  rules = dict(rule.split(' ', 1) for rule in policy.split('; '))
  assert rules['default-src'] == "'none'" and rules['img-src'] == 'data:'
  assert 'unsafe' not in policy and 'http' not in policy
  for rule, tag in (('script-src', 'script'), ('style-src', 'style')):
    content = re.search(rf'<{tag}>(.*?)</{tag}>', text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest())
    assert rules[rule] == f"'sha256-{digest.decode()}'"


def test_sounds_play_where_the_page_has_any():
  wav = b'RIFF\0\0\0\0WAVE'
  assert base64.b64decode(sound(wav).split(',')[1]) == wav
  assert 'media-src' not in page('a', '')
  assert 'media-src data:;' in page('a', '', media=True)


def test_links_have_no_scheme_and_no_quote():
  assert link('samples/a b#1?.mid') == './samples/a%20b%231%3F.mid'
  assert link('javascript:alert(1)') == './javascript%3Aalert%281%29'
  assert '"' not in link('"><script>')


def test_numbers_as_text():
  values = (0.25, 12345, 1.5e-7, -2.0, None, [0.5, 1.0], 'x', True, 2e7)
  assert [number(value) for value in values] == [
    '0.250',
    '12,345',
    '1.5e-07',
    '-2.000',
    '–',
    '0.500..1.000',
    'x',
    'True',
    '2e+07',
  ]
