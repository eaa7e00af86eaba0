-- Which city's network this hub serves and where its virtual clock began, for commands on the database alone.
create table about (
    only_row boolean primary key default true check (only_row),
    city text not null,
    clock_at timestamptz
);
