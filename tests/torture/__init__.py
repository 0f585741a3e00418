"""The fault campaign: everything is killed at random and at each fail point, the gateway
misbehaves, time jumps, SQL is held, while messages go out and people write and dial.

    stage      databases, Redis, the simulator, the processes and their ends
    torments   what goes wrong, and how often
    campaign   the messages that go out; torment, peace, accounts
    crowd      people: writers (SMS), callers (USSD), families with reminders
    carrier    the aggregator, which repeats what was not answered
    account    the gateway's ledger against SQL, message by message
    people     what people did and were told, against both
"""
