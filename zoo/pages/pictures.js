'use strict';

/** Gray pictures of a field of pixels: `zooPictures.pixels(picture, row)` is a
 * canvas of the same size, `draw` draws several on another canvas. `picture` is
 * {field, height, width, most}: 0 is black, `most` white. */
const zooPictures = (() => {
  function pixels({height, width, most}, row) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext('2d');
    const found = pen.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      found.data.fill(255 * row[i] / most, 4 * i, 4 * i + 3);
      found.data[4 * i + 3] = 255;
    }
    pen.putImageData(found, 0, 0);
    return canvas;
  }

  /** Draws pictures in rows, as large as `room` {width, height} allows, on a
   * canvas that is resized to fit. */
  function draw(canvas, picture, rows, room, label) {
    const share = picture.width / picture.height, gap = 4;
    const high = Math.max(Math.min(room.height, room.width / share), 1);
    const across = Math.max(1, Math.min(rows.length,
      Math.floor((room.width + gap) / (high * share + gap))));
    const down = Math.max(Math.ceil(rows.length / across), 1);
    const wide = across * (high * share + gap) - gap;
    const tall = down * (high + gap) - gap;
    const dense = window.devicePixelRatio || 1, pen = canvas.getContext('2d');
    canvas.width = wide * dense;
    canvas.height = tall * dense;
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${tall}px`;
    pen.scale(dense, dense);
    pen.imageSmoothingEnabled = false;
    rows.forEach((row, i) => pen.drawImage(pixels(picture, row),
      i % across * (high * share + gap),
      Math.floor(i / across) * (high + gap), high * share, high));
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', label);
  }

  return {draw, pixels};
})();
