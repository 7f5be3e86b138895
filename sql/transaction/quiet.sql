LOCK TABLE users, company, client, contract, event, change_log IN SHARE ROW EXCLUSIVE MODE NOWAIT
