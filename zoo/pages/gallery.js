'use strict';

zooSample.showAll(
  JSON.parse(document.getElementById('data').textContent).pieces);
