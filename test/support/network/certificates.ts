/** Certificates as a network meets them, made by the system's openssl when a test asks for them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface Authority {
  /** What a client has to trust. */
  readonly ca: Buffer;
  readonly caFile: string;
  /** Signs a certificate for that name or address: `DNS:example.org`, `IP:127.0.0.1`. */
  issue(subject: string): Certificate;
}

const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

/** One whose signature no client knows yet. @param dir holds its files */
export function makeAuthority(dir: string, name = 'Test authority'): Authority {
  const file = (suffix: string) => join(dir, `${name.replaceAll(' ', '-')}${suffix}`);
  const [caKey, caFile] = [file('.key'), file('.pem')];
  openssl('req', '-x509', ...NEW_KEY, '-keyout', caKey, '-out', caFile, '-days', '2', '-subj', `/CN=${name}`);
  return {
    ca: readFileSync(caFile),
    caFile,
    issue(subject) {
      const [key, request, cert] = [file('-leaf.key'), file('-leaf.csr'), file('-leaf.pem')];
      const names = ['-addext', `subjectAltName=${subject}`];
      openssl('req', '-new', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', '/CN=leaf', ...names);
      const signed = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-copy_extensions', 'copy'];
      openssl('x509', '-req', '-in', request, '-out', cert, '-days', '1', ...signed);
      return { key: readFileSync(key), cert: Buffer.concat([readFileSync(cert), readFileSync(caFile)]) };
    },
  };
}

/** One that has signed itself. */
export function makeSelfSigned(dir: string, subject: string): Certificate {
  const [key, cert] = [join(dir, 'self.key'), join(dir, 'self.pem')];
  const names = ['-addext', `subjectAltName=${subject}`];
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '1',
    '-subj',
    '/CN=self',
    ...names,
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
