// What the control port says to a request it does not let through, and about signing in.

export const controlPortSentences = {
  'control-unauthorized':
    'The control API needs a token: "Authorization: Bearer …" with the content of the file control-token in the data directory, or a session token. A client key does not open it.',
  'control-method': 'The control API takes GET, POST, PUT, PATCH and DELETE.',
  'control-method-here': 'This path takes {{methods}}.',
  'control-not-found':
    'Nothing is served here: the control API is under /admin/api, and /admin/api/openapi.json lists what it has.',
  'control-needs-json': 'A request that changes something needs "Content-Type: application/json".',
  'control-bad-json': 'The body is not valid JSON, or has a "__proto__" key.',
  'control-body-no-object': 'The body must be a JSON object.',
  'control-too-large': 'The body is larger than 1 MiB.',
  'control-headers-too-large': 'The headers are larger than 32 KiB.',
  'control-malformed': 'This is not a well-formed HTTP/1.1 request.',
  'control-too-slow': 'The request did not arrive in time.',
  'control-failed': 'The request failed inside Switchyard: the reason is in its log.',
  'sign-in-code-refused':
    'This sign-in code is not valid: it was used before, is older than ten minutes, or is from before the daemon was restarted. Get a new link with `switchyard open`.',
  'sign-out-no-session':
    'There is no session to sign out of: the request carries the control token, which lives as long as the daemon.',
} as const
