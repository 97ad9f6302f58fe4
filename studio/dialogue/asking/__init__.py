"""Attribution with a model: the doubtful lines of a set are asked about in windows of the text, and
voted on.

plan.py     which lines, as the rules left them when the job began: kept, so that a resumed job
            asks the same
batches.py  which lines share a request, and the text around them
people.py   who can be meant
prompts.py  the request: the text with its lines marked, the persons, the schema of the answer
votes.py    from answers and the rules' probabilities to a speaker and a confidence
ledger.py   answers, decisions and done marks in the store
job.py      the job; estimate.py what it will take
"""
