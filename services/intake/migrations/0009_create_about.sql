-- Which city's network this hub serves, for commands that work on the database alone. Runs before the new code.
create table about (
    only_row boolean primary key default true check (only_row),
    city text not null
);
