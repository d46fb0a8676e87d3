/** The passwords of users: what CREATE USER takes, and the verifier that a login is checked against. */
import type { SetupStep } from './step.js';

/**
 * AWS manual, CREATE USER: the forms of a password and the rules for one in clear text. The manual's own example has an @,
 * and the Python driver's tests log in with letters that are not ASCII.
 */
const passwords = String.raw`
create function pg_catalog.rs_sha256(password text, salt text) returns text immutable
begin atomic
  select encode(sha256(convert_to(password, 'UTF8') || decode(salt, 'hex')), 'hex');
end;

create function pg_catalog.rs_salt() returns text volatile
begin atomic
  select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
end;

create function pg_catalog.rs_check_password(password text) returns void language plpgsql immutable
  set search_path = pg_catalog, pg_temp as $$
begin
  if length(password) < 8 or length(password) > 64 then
    raise exception using errcode = '22023', message = 'password must be between 8 and 64 characters in length';
  elsif password !~ '[A-Z]' then
    raise exception using errcode = '22023', message = 'password must contain an uppercase letter';
  elsif password !~ '[a-z]' then
    raise exception using errcode = '22023', message = 'password must contain a lowercase letter';
  elsif password !~ '[0-9]' then
    raise exception using errcode = '22023', message = 'password must contain a number';
  elsif password ~ '[[:cntrl:][:space:]/"]' or strpos(password, '''') > 0 or strpos(password, chr(92)) > 0 then
    raise exception using errcode = '22023', message = 'password contains an invalid character',
      detail = 'A password has no blanks, quotation marks, slashes or backslashes.';
  end if;
end $$;

create function pg_catalog.rs_verifier(username text, password text, checked boolean) returns jsonb
  language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  digest text; salt text; clear text;
begin
  if password is null then
    return jsonb '{"verifier": null, "password": null}';
  elsif password ~ '^md5[0-9A-Fa-f]{32}$' then
    return rs_json('verifier', lower(password), 'password', null);
  elsif password ~ '^sha256[|]' then
    clear := substr(password, 8);
    if strpos(clear, '|') > 0 then
      digest := lower(split_part(clear, '|', 1));
      salt := lower(split_part(clear, '|', 2));
      if clear !~ '^[0-9A-Fa-f]{64}[|][0-9A-Fa-f]{64}$' then
        raise exception using errcode = '22023', message = 'invalid SHA256 password',
          detail = 'The form is sha256|digest|salt, both with 64 hexadecimal digits.';
      end if;
      return rs_json('verifier', 'sha256|' || digest || '|' || salt, 'password', null);
    end if;
    if checked then perform rs_check_password(clear); end if;
    salt := rs_salt();
    return rs_json('verifier', 'sha256|' || rs_sha256(clear, salt) || '|' || salt, 'password', clear);
  end if;
  if checked then perform rs_check_password(password); end if;
  return rs_json('verifier', 'md5' || md5(password || username), 'password', password);
end $$;
revoke execute on function pg_catalog.rs_verifier(text, text, boolean) from public;
`;

/** `jsonb_build_object` for two pairs, under a name that no later step hides. */
const json = `
create function pg_catalog.rs_json(a text, b text, c text, d text) returns jsonb immutable
begin atomic
  select jsonb_build_object(a, b, c, d);
end;
`;

export const userPasswords: SetupStep = { name: 'passwords', sql: json + passwords };
