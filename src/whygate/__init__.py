"""Ask every change why it should exist, and bring the measured result back."""
