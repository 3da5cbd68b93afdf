"""The primitives, by family. Each op has its shape rule, kernel, gradient, cost and formula side by side."""
