"""What run.py does: modes, run directories, reports."""
