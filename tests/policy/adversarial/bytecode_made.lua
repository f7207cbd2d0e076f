-- expect: error
-- says: there is no string.dump here
return function(ctx) return string.dump(function() end) end
