"""What is timed, and against which peer: `python -m benchmarks --help`."""
