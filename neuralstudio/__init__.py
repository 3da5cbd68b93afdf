"""NeuralStudio: build a neural network, train it, look inside it and use it."""
