"""Reveille: outbound calling campaigns that cost nothing while there is nobody to call."""
