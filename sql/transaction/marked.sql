-- Whether the transaction with the mark $1 was committed. Where it wrote no history, it may be made once more without harm.
SELECT EXISTS (SELECT FROM change_log WHERE mark = $1)
