// Verifies a Sigstore bundle by a key, as cosign does: verify.mjs LIBRARY BUNDLE FILE KEY
//
// LIBRARY is a folder where npm has installed @sigstore/bundle and @sigstore/verify. Fails unless KEY has signed FILE.

import crypto from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';

const [library, bundle, file, key] = process.argv.slice(2);
const require = createRequire(`${library}/`);
const {bundleFromJSON} = require('@sigstore/bundle');
const {toSignedEntity, toTrustMaterial, Verifier} = require('@sigstore/verify');

// Only the key is trusted: there is no certificate and no transparency log.
const nobody = {certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: []};
const publicKey = crypto.createPublicKey(fs.readFileSync(key));
const trusted = toTrustMaterial(nobody, () => ({publicKey, validFor: () => true}));
const verifier = new Verifier(trusted, {tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0});
verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(fs.readFileSync(bundle))), fs.readFileSync(file)));
