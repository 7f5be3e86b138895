release savepoint command
