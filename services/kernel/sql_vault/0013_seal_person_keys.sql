-- A key may be moved out of the hot keys: its row stays as the fence, the key itself rests in sealed_keys.
-- Runs before the new code.
alter table person_keys
    drop constraint person_keys_state_check,
    add constraint person_keys_state_check check (state in ('active', 'sealed', 'erased'));
