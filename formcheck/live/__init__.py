"""Live mode: a coach for someone in front of a laptop; edges here, what decides stays pure."""
