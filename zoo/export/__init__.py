"""Programs of a trained model for other runtimes than jax; see program.py."""
