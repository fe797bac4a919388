"""The command line of run.py: modes, run directories, reports."""
