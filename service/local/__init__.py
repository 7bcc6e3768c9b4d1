"""What one machine needs in the cloud's stead."""
