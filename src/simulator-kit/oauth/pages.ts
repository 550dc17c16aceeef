import type { SignIn } from './plan.ts';

/** The form in which a person says who they are. Fields: `username`, `password`; button `action=sign-in`. */
export function signInPage({ title, users: [first] }: SignIn, failed: boolean): string {
  const complaint = failed ? '<p role="alert">The user name or the password is not right.</p>' : '';
  return page(
    `${title}: sign in`,
    `${complaint}
<form method="post">
<p><label for="username">User name</label><br>
<input id="username" name="username" autocomplete="username" required value="${escaped(first.username)}"></p>
<p><label for="password">Password</label><br>
<input id="password" name="password" type="password" autocomplete="current-password" required value="${escaped(first.password)}"></p>
<p><button type="submit" name="action" value="sign-in">Sign in</button></p>
</form>`,
  );
}

/** The form in which a person lets an app act for them, or not. Buttons `action=allow` and `action=deny`. */
export function consentPage(title: string, app: string, user: string, scopes: readonly string[]): string {
  const items = scopes.map((scope) => `<li><code>${escaped(scope)}</code></li>`).join('\n');
  return page(
    `${title}: allow access`,
    `<p>Signed in as ${escaped(user)}.</p>
<p>${escaped(app)} asks for:</p>
<ul>
${items}
</ul>
<form method="post">
<p><button type="submit" name="action" value="allow">Allow</button>
<button type="submit" name="action" value="deny">Deny</button></p>
</form>`,
  );
}

/** What a person sees whom nobody can be sent back to. */
export function errorPage(title: string, error: string, description: string | undefined): string {
  const more = description === undefined ? '' : `\n<p>${escaped(description)}</p>`;
  return page(
    `${title}: this does not work`,
    `<p role="alert">The app that sent you here asked for something that cannot be done.</p>
<p><code>${escaped(error)}</code></p>${more}`,
  );
}

/** Nothing is fetched and no script runs; the form may lead to the app's address, wherever that is. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
};

function page(heading: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(heading)}</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; color: #1b2733 }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem }
button { font: inherit; padding: .4rem 1.2rem }
[role=alert] { color: #a11; font-weight: bold }
</style>
<main>
<h1>${escaped(heading)}</h1>
${body}
</main>
</html>
`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
