"""SMS and USSD service for public health and social protection."""
