"""What people tell the service: call me back, a complaint, how a visit went."""
