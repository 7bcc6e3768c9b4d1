"""What calls, campaigns and passes are and may do. Pure: no I/O, no clock, no logging."""
