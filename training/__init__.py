"""Training the noise labeller. Not shipped: needs the dependency group `train` and a corpus."""
