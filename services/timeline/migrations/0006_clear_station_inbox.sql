-- Boards are folded again from the first fact: they learnt about contacts and what centres are asked.
-- Runs before the new code.
delete from station_inbox;
