-- Whether the transaction with the mark $1 was committed.
SELECT EXISTS (SELECT FROM commit_mark WHERE mark = $1)
