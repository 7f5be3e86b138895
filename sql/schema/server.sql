-- What the schema asks of the server and of the database.
SELECT current_setting('server_version_num')::integer / 10000, getdatabaseencoding()
