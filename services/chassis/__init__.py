"""What every service is bolted to; it knows no service.

The chassis owns the work of a transaction, the letters between services (outbox, relay, mailroom), the seal
on personal data, rights, time, settings and how processes are hosted. It holds no rule of the programme.
"""
