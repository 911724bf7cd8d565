"""Work that travels through Celery and Redis: accounts, backups, statistics, and the jobs of processes.

`application.make_app` gives the Celery application of one process; `asking.Tasks` is how pages ask it for something.
What tasks do is said in the module of their subject; each is given the `Workplace` of the process that runs it. Only
`application`, `asking` and `broker` import Celery itself, which a service without a broker does not load.
"""
