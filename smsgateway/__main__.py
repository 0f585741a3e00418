"""`python -m smsgateway`, which is how the supervisor starts its processes."""

from smsgateway.cli import main

if __name__ == "__main__":
    main()
