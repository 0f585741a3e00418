"""A stand-alone fake of Africa's Talking, with a phone in the browser.

For anyone who integrates with Africa's Talking: it accepts what the SDKs send, keeps a ledger of
it, posts the callbacks an application has registered, and plays the handset. It stands on
`smsgateway.text.segments` alone and knows nothing of the service it is usually run beside.

How a request travels: `server` (HTTP) -> `version1` (the gateway's API) or `api` (what the phone
page uses) -> `simulator`, which holds `gateway` (SMS), `ussd` (sessions), `phones` (inboxes),
`callbacks` (what is posted back), `timer` (what happens later) and `feed` (what the page hears).
"""
