// A real OpenID provider for tests: signs everybody in as the account that was named last, and changes its keys when told.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import Provider from 'oidc-provider';

const { redirect, audience, accounts } = JSON.parse(readFileSync(0, 'utf8'));
const clients = [
  {
    client_id: 'jieli', client_secret: 'synthetic-secret', redirect_uris: [redirect],
    grant_types: ['authorization_code'], response_types: ['code'],
  },
  {
    client_id: 'centre-system', client_secret: 'synthetic-service', redirect_uris: [],
    grant_types: ['client_credentials'], response_types: [],
  },
];
let account = 'lead';
let keys = 0;
let provider;

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys += 1;
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${keys}`, use: 'sig', alg: 'RS256' };
}

function build(issuer) {
  return new Provider(issuer, {
    clients,
    jwks: { keys: [signingKey()] },
    cookies: { keys: ['synthetic'] },
    claims: { openid: ['sub'], profile: ['role', 'org', 'capacity', 'posts'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    extraTokenClaims: (_, token) => (token.kind === 'ClientCredentials' ? accounts[token.clientId] : undefined),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource.replace('/long', ''), scope: 'hub', accessTokenFormat: 'jwt',
          accessTokenTTL: resource.endsWith('/long') ? 7200 : 300, jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 300, IdToken: 300, Interaction: 300, Session: 300 },
  });
}

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://provider').pathname;
  if (path.startsWith('/interaction/')) {
    await provider.interactionFinished(request, response, { login: { accountId: account } });
  } else if (path.startsWith('/test/account/')) {
    account = path.split('/').pop();
    response.end();
  } else if (path === '/test/rotate') {
    provider = build(provider.issuer);
    response.end();
  } else {
    provider.callback()(request, response);
  }
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
provider = build(issuer);
process.stdout.write(`${JSON.stringify({ issuer, audience })}\n`);
