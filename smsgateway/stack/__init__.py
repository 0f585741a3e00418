"""The processes of the service on one machine: who starts them, in which order, how they end."""
