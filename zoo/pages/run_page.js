'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
zooSample.showAll(data.pieces);
zooCurves.watchAll(data.curves);
