"""The fault campaign: everything is killed at random, the gateway misbehaves, time jumps; then the
gateway's own ledger is held against SQL, message by message."""
