"""Trained models as programs for runtimes other than jax; see program.py."""
