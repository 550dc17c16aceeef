-- After a key of the ring is replaced, what it sealed is sealed anew.
grant update (private_jwk) on signing_key to postern_app;
