# Run by PostgreSQL's image when its data folder is new: Daybook's login is no superuser.
psql --set=ON_ERROR_STOP=1 --username=postgres --set=password="$(cat /run/secrets/postgres_password)" <<'SQL'
create role daybook login createrole password :'password';
create database daybook owner daybook;
SQL
