rollback to savepoint command
