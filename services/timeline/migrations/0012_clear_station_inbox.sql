-- Boards are folded again from the first fact: they learnt that reports are contacts, and the policy that they live under.
-- Runs before the new code.
delete from station_inbox;
