-- Records that a district workstation may seal now. Runs before the new code.
create index person_organisations_to_seal on person_organisations (org_id) where relation = 'to_seal';
