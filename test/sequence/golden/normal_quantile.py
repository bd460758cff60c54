"""Quantiles of the standard normal distribution by SciPy: python normal_quantile.py > normal-quantile.json"""
import json

from scipy.stats import norm

P = [1e-300, 1e-100, 1e-20, 2**-33, 1e-9, 1e-6, 1e-4, 0.001, 0.01, 0.025, 0.05, 0.074, 0.075, 0.076, 0.1, 0.25, 0.4, 0.49,
     0.5, 0.51, 0.6, 0.75, 0.9, 0.924, 0.925, 0.926, 0.95, 0.975, 0.99, 0.999, 0.9999, 0.999999, 1 - 1e-9]

print(json.dumps([[p, float(norm.ppf(p))] for p in P]))
