// The peer of the playground benchmark: back-propagation over node and link objects, one sample after another,
// as TensorFlow Playground does it in the browser; written anew from its published rules.
//
// Run: node playground_peer.js SHAPE SECONDS     SHAPE such as 2-4-2-1.
// Prints steps (batches) a second: of training alone, and of whole epochs as the page has them, which make the
// features of each point afresh and end with the loss over the training and the test points.
//
// Rules: weights U(-0.5, 0.5), biases 0.1, tanh in every node, loss (y - t)^2 / 2, a step on the mean gradient
// after each batch of 10 with rate 0.03. Data: 250 points of the two circles.
"use strict";

const BATCH = 10;
const RATE = 0.03;
const POINTS = 250;

const tanh = {
  output: (x) => Math.tanh(x),
  derivative: (x) => {
    const y = Math.tanh(x);
    return 1 - y * y;
  },
};

const halfSquare = {
  error: (output, target) => 0.5 * (output - target) ** 2,
  derivative: (output, target) => output - target,
};

class Link {
  constructor(source, dest) {
    this.source = source;
    this.dest = dest;
    this.weight = Math.random() - 0.5;
    this.isDead = false;
    this.errorDer = 0;
    this.accErrorDer = 0;
    this.numAccumulatedDers = 0;
  }
}

class Neuron {
  constructor(activation) {
    this.activation = activation;
    this.bias = 0.1;
    this.inputLinks = [];
    this.outputs = [];
    this.totalInput = 0;
    this.output = 0;
    this.outputDer = 0;
    this.inputDer = 0;
    this.accInputDer = 0;
    this.numAccumulatedDers = 0;
  }

  updateOutput() {
    this.totalInput = this.bias;
    for (let i = 0; i < this.inputLinks.length; i++) {
      const link = this.inputLinks[i];
      this.totalInput += link.weight * link.source.output;
    }
    this.output = this.activation.output(this.totalInput);
    return this.output;
  }
}

/** Layers of nodes, each linked to all of the layer before; the first layer holds the inputs. */
function buildNetwork(shape) {
  const layers = shape.map((count) => Array.from({ length: count }, () => new Neuron(tanh)));
  for (let depth = 1; depth < layers.length; depth++) {
    for (const dest of layers[depth]) {
      for (const source of layers[depth - 1]) {
        const link = new Link(source, dest);
        source.outputs.push(link);
        dest.inputLinks.push(link);
      }
    }
  }
  return layers;
}

function forward(layers, inputs) {
  const first = layers[0];
  for (let i = 0; i < first.length; i++) {
    first[i].output = inputs[i];
  }
  for (let depth = 1; depth < layers.length; depth++) {
    const layer = layers[depth];
    for (let i = 0; i < layer.length; i++) {
      layer[i].updateOutput();
    }
  }
  return layers[layers.length - 1][0].output;
}

/** Adds the derivatives of one sample's error to those of every bias and weight. */
function backward(layers, target, loss) {
  const last = layers[layers.length - 1][0];
  last.outputDer = loss.derivative(last.output, target);
  for (let depth = layers.length - 1; depth >= 1; depth--) {
    const layer = layers[depth];
    for (let i = 0; i < layer.length; i++) {
      const node = layer[i];
      node.inputDer = node.outputDer * node.activation.derivative(node.totalInput);
      node.accInputDer += node.inputDer;
      node.numAccumulatedDers++;
    }
    for (let i = 0; i < layer.length; i++) {
      const node = layer[i];
      for (let j = 0; j < node.inputLinks.length; j++) {
        const link = node.inputLinks[j];
        if (link.isDead) {
          continue;
        }
        link.errorDer = node.inputDer * link.source.output;
        link.accErrorDer += link.errorDer;
        link.numAccumulatedDers++;
      }
    }
    if (depth === 1) {
      continue;
    }
    const before = layers[depth - 1];
    for (let i = 0; i < before.length; i++) {
      const node = before[i];
      node.outputDer = 0;
      for (let j = 0; j < node.outputs.length; j++) {
        const link = node.outputs[j];
        node.outputDer += link.weight * link.dest.inputDer;
      }
    }
  }
}

/** Steps down the mean of what was added up since the last update. */
function update(layers, rate) {
  for (let depth = 1; depth < layers.length; depth++) {
    const layer = layers[depth];
    for (let i = 0; i < layer.length; i++) {
      const node = layer[i];
      if (node.numAccumulatedDers > 0) {
        node.bias -= (rate * node.accInputDer) / node.numAccumulatedDers;
        node.accInputDer = 0;
        node.numAccumulatedDers = 0;
      }
      for (let j = 0; j < node.inputLinks.length; j++) {
        const link = node.inputLinks[j];
        if (link.isDead || link.numAccumulatedDers === 0) {
          continue;
        }
        link.weight -= (rate / link.numAccumulatedDers) * link.accErrorDer;
        link.accErrorDer = 0;
        link.numAccumulatedDers = 0;
      }
    }
  }
}

/** The page's features by name; a network of n inputs uses the first n. */
const FEATURES = {
  x: (x, y) => x,
  y: (x, y) => y,
  xSquared: (x, y) => x * x,
  ySquared: (x, y) => y * y,
  xTimesY: (x, y) => x * y,
  sinX: (x, y) => Math.sin(x),
  sinY: (x, y) => Math.sin(y),
};
const chosen = {};

function constructInput(x, y) {
  const inputs = [];
  for (const name in FEATURES) {
    if (chosen[name]) {
      inputs.push(FEATURES[name](x, y));
    }
  }
  return inputs;
}

/** Points of an inner disc (+1) and a ring around it (-1), with their features ready made. */
function circle(count) {
  const points = [];
  for (let i = 0; i < count; i++) {
    const isInner = i % 2 === 0;
    const radius = isInner ? 2.5 * Math.random() : 3.5 + 1.5 * Math.random();
    const angle = 2 * Math.PI * Math.random();
    const x = radius * Math.sin(angle);
    const y = radius * Math.cos(angle);
    points.push({ x, y, inputs: constructInput(x, y), label: isInner ? 1 : -1 });
  }
  return points;
}

/** All points once, a step after each batch. */
function learn(layers, data, inputsOf) {
  for (let i = 0; i < data.length; i++) {
    forward(layers, inputsOf(data[i]));
    backward(layers, data[i].label, halfSquare);
    if ((i + 1) % BATCH === 0) {
      update(layers, RATE);
    }
  }
}

function meanError(layers, data) {
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    sum += halfSquare.error(forward(layers, constructInput(data[i].x, data[i].y)), data[i].label);
  }
  return sum / data.length;
}

/** Steps a second of a function that does an epoch. */
function speed(epoch, seconds) {
  const begin = process.hrtime.bigint();
  let epochs = 0;
  let passed = 0;
  while (passed < seconds) {
    epoch();
    epochs++;
    passed = Number(process.hrtime.bigint() - begin) / 1e9;
  }
  return (epochs * POINTS) / BATCH / passed;
}

const shape = process.argv[2].split("-").map(Number);
const seconds = Number(process.argv[3]);
for (const name of Object.keys(FEATURES).slice(0, shape[0])) {
  chosen[name] = true;
}
const layers = buildNetwork(shape);
const data = circle(POINTS);
const test = circle(POINTS);
const ready = (point) => point.inputs;
const afresh = (point) => constructInput(point.x, point.y);
let lossTrain = 0;
let lossTest = 0;
const training = () => learn(layers, data, ready);
const wholeEpoch = () => {
  learn(layers, data, afresh);
  lossTrain = meanError(layers, data);
  lossTest = meanError(layers, test);
};
speed(training, Math.min(0.3, seconds)); // until the code is compiled
const trainingSpeed = speed(training, seconds);
speed(wholeEpoch, Math.min(0.3, seconds));
const wholeSpeed = speed(wholeEpoch, seconds);
console.log(JSON.stringify({ training: trainingSpeed, wholeEpoch: wholeSpeed, lossTrain, lossTest }));
